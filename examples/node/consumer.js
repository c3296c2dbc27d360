// Prints ticker and mid of every quote of a replayer (zreplay serve FILE --acks none).
//
//     npm install && node consumer.js [ADDRESS [CONTROL]]
//
// It ends when the replayer says that the replay is over: a PUSH socket cannot.

import { crc32 } from "node:zlib";
import { decode } from "@msgpack/msgpack";
import { Pull, Request } from "zeromq";

const [address = "tcp://127.0.0.1:5555", control = "tcp://127.0.0.1:5556"] = process.argv.slice(2);
const VERSION = 7; // of the protocol
const BATCH = 1;
const SILENCE_MS = 1000;
const MOST_SILENCES = 3;

function quotesOf(frame) {
  const [version, type] = [frame[2], frame[3]];
  if (frame.toString("latin1", 0, 2) !== "ZR" || version !== VERSION || type !== BATCH) return null;
  if (crc32(frame.subarray(8)) !== frame.readUInt32LE(4)) return null;
  // The fields of a Batch, in the order of protocol/messages.py; times are 64-bit integers.
  const batch = decode(frame.subarray(8), { useBigInt64: true });
  const [first, count, columns] = [batch[2], batch[3], batch.at(-1)];
  const quotes = Number(count);
  const [asks, bids] = [columns[4], columns[5]].map((column) => floats(Buffer.from(column), quotes));
  const [codes, width] = [Buffer.from(columns[8]), columns[8].length / quotes];
  return asks.map((ask, i) => ({
    record: Number(first) + i,
    ticker: columns[7][width && codes.readUIntLE(width * i, width)],
    mid: 0.5 * (ask + bids[i]),
  }));
}

// A column with less than 8 bytes for each number is narrow: protocol/narrow_head.py.
function floats(column, count) {
  const rows = Array.from({ length: count }, (_, i) => i);
  if (column.length === 8 * count) return rows.map((i) => column.readDoubleLE(8 * i));
  const [scale, width, unit, hasNan] = column;
  const [base, step] = [column.readBigInt64LE(4), column.readBigInt64LE(12)];
  const numbers = new DataView(new ArrayBuffer(8));
  return rows.map((i) => {
    let offset = 0n;
    for (let at = width; at > 0; at--) offset = (offset << 8n) | BigInt(column[19 + width * i + at]);
    const item = width ? offset * 10n ** BigInt(unit) : BigInt(i) * step;
    numbers.setBigInt64(0, BigInt.asIntN(64, base + item));
    if (scale === 255) return numbers.getFloat64(0);
    if (hasNan && offset === (1n << BigInt(8 * width)) - 1n) return NaN;
    return Number(numbers.getBigInt64(0)) / 10 ** scale;
  });
}

const asking = new Request({
  ...{ sendTimeout: SILENCE_MS, receiveTimeout: SILENCE_MS, linger: 0 },
  ...{ relaxed: true, correlate: true },
});
asking.connect(control);

async function state() {
  try {
    await asking.send(JSON.stringify({ verb: "status", value: "" }));
    return JSON.parse((await asking.receive())[0]).state;
  } catch {
    return null; // nobody answers
  }
}

// Only then the batches: a replayer that ends waits for those that have asked it.
while ((await state()) === null);

const batches = new Pull({ receiveTimeout: SILENCE_MS });
batches.connect(address);
let silences = 0;
for (;;) {
  let frame;
  try {
    [frame] = await batches.receive();
  } catch {
    const now = await state();
    if (now === "DONE") break;
    silences = now === null ? silences + 1 : 0;
    if (silences > MOST_SILENCES) throw new Error(`the replayer on ${control} is gone`);
    continue;
  }
  const lines = (quotesOf(frame) ?? []).map(({ ticker, mid }) => `${ticker} ${mid}\n`);
  if (!process.stdout.write(lines.join(""))) {
    await new Promise((resolve) => process.stdout.once("drain", resolve));
  }
}
batches.close();
asking.close();
