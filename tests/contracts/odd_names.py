"""Names of headers as a client in C or Go can write them: bytes, which need not be text."""


class OddName(str):
    """Our clients encode the names they write: this one answers with bytes of its own."""

    written: bytes

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return self.written


def odd_name(written: bytes) -> OddName:
    name = OddName(written.decode("latin-1"))
    name.written = written
    return name


LATIN = odd_name(b"caf\xe9")
