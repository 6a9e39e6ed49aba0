"""What the system refuses on purpose. A broken rule of the user's input is a fault, not an error."""


class AppError(Exception):
    """A known refusal: `code` is permanent, `status` is its HTTP status.

    :ivar message: the sentence for the user, a key of the text catalogue (Chinese).
    :ivar params: values for the sentence's `%(name)s` places.
    """

    status = 400
    code = "CORE-REFUSED"

    def __init__(self, message: str = "", /, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.params = params


class NotFound(AppError):
    """There is no such thing, or it is another company's: the two are not told apart."""

    status = 404
    code = "CORE-NOT-FOUND"


class Forbidden(AppError):
    """The actor's role does not allow it."""

    status = 403
    code = "CORE-FORBIDDEN"


class Conflict(AppError):
    """Somebody else changed it first, or the step is not possible from the present state."""

    status = 409
    code = "CORE-CONFLICT"


class Unavailable(AppError):
    """The system cannot keep its promise now and refuses new work; reading goes on."""

    status = 503
    code = "CORE-UNAVAILABLE"


class Full(Unavailable):
    """The disk has no room: read-only until there is some again, without a restart."""

    status = 507
    code = "CORE-DISK-FULL"


class WriteStop(Unavailable):
    """The disk failed: nothing is written until a person looked and started the server again."""

    code = "CORE-WRITE-STOP"


class NoScope(RuntimeError):
    """Company data was asked for outside any company's scope: always a bug, never shown to a user."""


class StartError(Exception):
    """The server cannot start; the text is one clear line for the operator."""
