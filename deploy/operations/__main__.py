"""`python -m deploy.operations --help`: the command `pacewell`."""

import logging

import structlog

from deploy.operations.cli import app

if __name__ == "__main__":  # its answer is all that it says
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    app(prog_name="pacewell")
