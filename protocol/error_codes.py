"""Every code of an error or a rejected row, and what it means; the first digit is the exit code."""

from typing import Final, NamedTuple


class Meaning(NamedTuple):
    """What happened, and what to do unless the error itself knows better."""

    what: str
    fix: str


ROW_CODES: Final = {
    "Z101": "a value is missing",
    "Z102": "a value is no number, or no integer where one is needed",
    "Z103": "a time cannot be read, or there is no such day or time of day",
    "Z104": "a price is negative",
    "Z105": "a value is not finite, or too large to be held",
    "Z106": "the fields are not those of the header, or a quoted one is not closed",
    "Z107": "the text is no UTF-8, or no JSON object",
    "Z108": "the row is late by more than `--reorder`",
    "Z109": "the row is no quote for another reason",
    "Z110": "the timestamp is a stray: ahead of the rows around it by more than `--max-jump`",
}
"""Rows that are set aside in rejected.log while the rest goes on."""

ERROR_CODES: Final = {
    "Z200": Meaning("a setting cannot be", "see `--help`"),
    "Z201": Meaning("no such command or option, or one is missing", "see `--help`"),
    "Z202": Meaning("nothing to replay", "give a file or `--live ws://HOST:PORT`"),
    "Z203": Meaning("an option or a verb does not take this value", "see `--help`"),
    "Z204": Meaning("the replayer has no source for that mode", "start it with one"),
    "Z205": Meaning("a file was given twice", "give each file once"),
    "Z206": Meaning("this is no address", "write it as `tcp://127.0.0.1:5555`"),
    "Z207": Meaning("others could reach this address", "bind a loopback one, or `--insecure`"),
    "Z208": Meaning("the settings file cannot be read", "check it against https://toml.io"),
    "Z209": Meaning("the settings file holds what is no setting", "see `--help`"),
    "Z210": Meaning("an environment variable is no setting", "unset it, or see `config show`"),
    "Z211": Meaning("a control request is not one", "see `zreplay ctl --help`"),
    "Z212": Meaning("the replayer cannot do that now", "see `zreplay ctl status`"),
    "Z213": Meaning("metrics need prometheus-client", "install the extra `metrics`"),
    "Z214": Meaning("too few files may be open", "allow more: `ulimit -n 1024`"),
    "Z300": Meaning("a peer cannot be reached", "check that it runs, and where"),
    "Z301": Meaning("an address cannot be listened on", "end what listens there, or another one"),
    "Z302": Meaning("an address cannot be connected to", "check the address"),
    "Z303": Meaning("nobody answers", "start a replayer, or point at it: `--control ADDRESS`"),
    "Z304": Meaning("what answers is no replayer", "point at one: `--control ADDRESS`"),
    "Z305": Meaning("the run is complete, nobody answers there", "`zreplay run --fresh`"),
    "Z306": Meaning("the answer cannot be written", "make room, or write it elsewhere"),
    "Z400": Meaning("the input cannot be used", "`zreplay run --help` says what can"),
    "Z401": Meaning("a file cannot be opened or read", "check its name and permissions"),
    "Z402": Meaning("the header is not that of a recording", "see the formats in the README"),
    "Z403": Meaning("a row is late", "a larger `--reorder`, or `--late reject`"),
    "Z404": Meaning("too many rows wait for their turn", "a shorter `--reorder`"),
    "Z405": Meaning("too many files to merge", "replay them in several runs"),
    "Z406": Meaning("the live capture is damaged or of another version", "move it away"),
    "Z407": Meaning("the bundled sample is not installed", "install zreplay again"),
    "Z408": Meaning("compressed or columnar data is damaged", "fetch or write the file again"),
    "Z409": Meaning("standard input cannot be read again", "write it to a file first"),
    "Z410": Meaning("a row is no quote, and nobody takes note", "give `on_rejected`"),
    "Z500": Meaning("a peer broke the protocol", "use the same version everywhere"),
    "Z501": Meaning("a message does not hold; it is dropped", "find who sends it"),
    "Z502": Meaning("a newer replayer has taken over", "nothing, or restart this one"),
    "Z503": Meaning("a batch never came back", "look at the workers' diagnostics"),
    "Z504": Meaning("the place to go on from cannot be read", "the same version, or `--fresh`"),
    "Z505": Meaning("a peer is of another version", "upgrade the older one: it is named"),
    "Z600": Meaning("the folder cannot be used", "choose another one: `--out DIR`"),
    "Z601": Meaning("another process uses the folder", "wait for it, or choose another one"),
    "Z602": Meaning("a file or folder cannot be written", "check its permissions and the disk"),
    "Z603": Meaning("the folder holds another run", "another `--out DIR`, or `--fresh`"),
    "Z604": Meaning("the folder holds no run", "give the folder of a `zreplay run`"),
    "Z605": Meaning("what the folder holds is damaged", "begin anew with `--fresh`"),
    "Z606": Meaning("a log was changed while in use", "put it back, or begin anew: `--fresh`"),
    "Z607": Meaning("there is no room on the disk", "make room"),
    "Z608": Meaning("the folder is of another version", "that version, or `--fresh`"),
    "Z700": Meaning("a defect of ours", "report it"),
    "Z701": Meaning("a part of a run dies again and again", "look at what it said"),
    "Z702": Meaning("no peer can be let in any more", "start it again, and report it"),
}
"""What ends a program (but Z501)."""
