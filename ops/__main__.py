"""`python -m ops` is `shequ`."""

from ops.cli import main

main()
