"""Intake's HTTP door: a channel files a cancellation, looks it up and says what comes next."""

from services.intake.door.routes import prepare as prepare
from services.intake.door.routes import routes as routes
from services.intake.door.routes import why_not as why_not
