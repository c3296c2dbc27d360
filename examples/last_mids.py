"""An asyncio consumer: one task keeps the last mid of each ticker, another looks at them.

python examples/last_mids.py FILE [SPEED]
"""

import asyncio
import sys

import zreplay

LOOK_SECONDS = 0.5


async def receive(replay: zreplay.Replay, last: dict[str, float]) -> None:
    async for received in replay:
        quotes = received.quotes
        mids = (quotes["bid_price"].to_numpy() + quotes["ask_price"].to_numpy()) / 2
        last.update(zip(quotes["ticker"].to_pylist(), mids.tolist(), strict=True))


async def look(last: dict[str, float]) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        print(f"{len(last)} tickers", flush=True)


async def main(file: str, speed: str) -> None:
    last: dict[str, float] = {}
    async with zreplay.Replay(file, speed=speed) as replay:
        looking = asyncio.create_task(look(last))
        try:
            await receive(replay, last)
        finally:
            looking.cancel()
    for ticker in sorted(last)[:3]:
        print(f"{ticker} {last[ticker]:.15g}")


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "1"))
    except zreplay.ZreplayError as error:
        sys.exit(f"{error.code}: {error}")
