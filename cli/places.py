"""Where the command line finds everything: as set by hand, else what runs on this machine, else the usual ports."""

import os
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from contracts.flow import BY_NAME
from runtime.local import whereabouts
from runtime.settings import Settings


class Places(Settings):
    console: str = Field(f"http://127.0.0.1:{BY_NAME['console'].port}", description="base address of the console")

    @model_validator(mode="after")
    def look_around(self) -> Self:
        found = whereabouts.read(Path(self.data))
        usual = {"kafka": f"127.0.0.1:{self.kafka_port}", "console": f"http://127.0.0.1:{self.usual_port('console')}"}
        for name, address in (usual | found).items():
            if name not in self.model_fields_set or not getattr(self, name):
                object.__setattr__(self, name, address)  # the model is frozen for everybody else
            if name.startswith("kafka_"):
                os.environ.setdefault(f"TUIDING_{name.upper()}", address)  # Kafka's clients read how to sign in there
        return self
