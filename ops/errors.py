"""What goes wrong for an operator: one message that says what to do next, no traceback."""


class OperatorError(Exception):
    """Something that the operator can put right; its text is the whole message."""

    exit_code = 1


class SettingError(OperatorError):
    """A setting has a value that is not allowed."""

    exit_code = 2
