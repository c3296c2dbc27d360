"""Every code of an error or a rejected row, and what it means.

The first digit is the exit code, but for 9: 130.
"""

from typing import Final, NamedTuple


class Meaning(NamedTuple):
    """What happened, and what to do unless the error itself knows better."""

    what: str
    fix: str


ROW_CODES: Final = {
    "Z101": "a value is missing",
    "Z102": "a value is not a number, or not an integer where one is needed",
    "Z103": "a time cannot be read, or there is no such day or time of day",
    "Z104": "a price is negative; `--allow-negative` takes such prices",
    "Z105": "a value is not finite, or is too large",
    "Z106": "the fields do not match the header, or a quoted one is not closed",
    "Z107": "the text is not UTF-8, or not a JSON object",
    "Z108": "the row is late by more than `--reorder`",
    "Z109": "the row is not a quote for another reason",
    "Z110": "the timestamp is a stray: ahead of the rows around it by more than `--max-jump`",
}
"""Rows that are set aside in rejected.log while the rest is replayed."""

ERROR_CODES: Final = {
    "Z120": Meaning("not one quote was read or selected", "select others, or `--allow-empty`"),
    "Z200": Meaning("a setting is not valid", "see `--help`"),
    "Z201": Meaning("no such command or option, or one is missing", "see `--help`"),
    "Z202": Meaning("nothing to replay", "give a file or `--live ws://HOST:PORT`"),
    "Z203": Meaning("an option or a verb does not take this value", "see `--help`"),
    "Z204": Meaning("the replayer has no source for that mode", "start it with one"),
    "Z205": Meaning("a file was given twice", "give each file once"),
    "Z206": Meaning("this is not an address", "write it as `tcp://127.0.0.1:5555`"),
    "Z207": Meaning("others could reach this address", "`zreplay keys new`, then `--key`"),
    "Z208": Meaning("the settings file cannot be read", "check it against https://toml.io"),
    "Z209": Meaning("the settings file has an unknown key", "see `--help`"),
    "Z210": Meaning("an environment variable is not a setting", "unset it, or see `config show`"),
    "Z211": Meaning("a control request is malformed", "see `zreplay ctl --help`"),
    "Z212": Meaning("the replayer cannot do that now", "see `zreplay ctl status`"),
    "Z213": Meaning("metrics need prometheus-client", "install the extra `metrics`"),
    "Z214": Meaning("the limit on open files is too low", "raise it: `ulimit -n 1024`"),
    "Z215": Meaning("a processor cannot be loaded", "see `zmid worker --help`"),
    "Z216": Meaning("a key cannot be used", "make one: `zreplay keys add NAME --role ROLE`"),
    "Z217": Meaning("a cluster needs distributed", "install the extra `dask`"),
    "Z218": Meaning("a settings file that was found may not set this", "name it: `--config FILE`"),
    "Z219": Meaning("the settings file to make is there already", "name another one"),
    "Z300": Meaning("a peer cannot be reached", "check that it is running, and where"),
    "Z301": Meaning("an address cannot be listened on", "stop what listens there, or change it"),
    "Z302": Meaning("an address cannot be connected to", "check the address"),
    "Z303": Meaning("nothing answers", "start a replayer, or name it: `--control ADDRESS`"),
    "Z304": Meaning("what answers is not a replayer", "name one: `--control ADDRESS`"),
    "Z305": Meaning("the run is complete; nothing answers there", "`zreplay run --fresh`"),
    "Z306": Meaning("the answer cannot be written", "make room, or write it elsewhere"),
    "Z307": Meaning("the key is refused", "see `zreplay keys list` where the keys were made"),
    "Z308": Meaning("the key may not ask for that", "use one of the role control"),
    "Z309": Meaning("a scheduler or its workers cannot be used", "see what is said of each"),
    "Z400": Meaning("the input cannot be used", "see `zreplay run --help`"),
    "Z401": Meaning("a file cannot be opened or read", "check its name and permissions"),
    "Z402": Meaning("the header is not that of a recording", "see the formats in the README"),
    "Z403": Meaning("a row is late", "try a larger `--reorder`, or `--late reject`"),
    "Z404": Meaning("too many rows are waiting to be ordered", "try a shorter `--reorder`"),
    "Z405": Meaning("too many files to merge", "replay them in several runs"),
    "Z406": Meaning("the live capture is damaged or of another version", "move it away"),
    "Z407": Meaning("the bundled sample is not installed", "install zreplay again"),
    "Z408": Meaning("compressed or columnar data is damaged", "fetch or write the file again"),
    "Z409": Meaning("standard input cannot be read again", "write it to a file first"),
    "Z410": Meaning("a row is not a quote, and nothing handles it", "pass `on_rejected`"),
    "Z411": Meaning(
        "the first rows of a file are all rejected", "say what it is, or `--max-rejected 0`"
    ),
    "Z500": Meaning("a peer broke the protocol", "use the same version everywhere"),
    "Z501": Meaning("a message is malformed; it is dropped", "find its sender"),
    "Z502": Meaning("a newer replayer has taken over", "none needed, or restart this one"),
    "Z503": Meaning("a batch never came back", "see the workers' diagnostics"),
    "Z504": Meaning("the cursor to resume from cannot be read", "keep the version, or `--fresh`"),
    "Z505": Meaning("a peer is of another version", "upgrade the older one, which is named"),
    "Z600": Meaning("the folder cannot be used", "choose another one: `--out DIR`"),
    "Z601": Meaning("another process uses the folder", "wait for it, or choose another one"),
    "Z602": Meaning("a file or folder cannot be written", "check its permissions and the disk"),
    "Z603": Meaning("the folder holds another run", "use another `--out DIR`, or `--fresh`"),
    "Z604": Meaning("the folder holds no run", "give the folder of a `zreplay run`"),
    "Z605": Meaning("the contents of the folder are damaged", "start over with `--fresh`"),
    "Z606": Meaning("a log was changed while in use", "put it back, or start over: `--fresh`"),
    "Z607": Meaning("the disk is full", "free some space"),
    "Z608": Meaning("the folder is of another version", "use that version, or `--fresh`"),
    "Z609": Meaning("accepted commands are lost with the state", "put it back, or `--fresh`"),
    "Z610": Meaning("another program rotated a log", "put it back; `--rotate daily` does it well"),
    "Z611": Meaning("the capture is full", "see why the sink is behind, or `--capture-quota`"),
    "Z700": Meaning("a bug in zreplay", "report it"),
    "Z701": Meaning("a part of a run keeps dying", "see its diagnostics"),
    "Z702": Meaning("no peer can be admitted any more", "restart it, and report it"),
    "Z800": Meaning("a processor failed", "mend it, then start over: `--fresh`"),
    "Z801": Meaning("a processor raised an error", "mend it, then start over: `--fresh`"),
    "Z802": Meaning("a processor returned other than it declares", "mend it, then `--fresh`"),
    "Z803": Meaning("a processor took too long", "mend it, or raise `--processor-limit`"),
    "Z804": Meaning("a processor is not row-wise", "compute each row from itself alone"),
    "Z805": Meaning("an output is too large", "write less for a quote, or a smaller `--batch`"),
    "Z900": Meaning("interrupted before the end", "the same command goes on, or begins again"),
}
"""What ends a program (but Z501)."""
