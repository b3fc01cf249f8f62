"""`python -m deploy.docker.healthy`: exit code 0 while the service of this container can serve HTTP."""

import http.client
import os
import sys

TIMEOUT_S = 2.0


def main() -> int:
    """0 when `/readyz` answers 200 (`ok`, or `degraded` without Kafka), 1 in any other case."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PACEWELL_HTTP_PORT", "8080")), TIMEOUT_S)
    try:
        connection.request("GET", "/readyz")
        return 0 if connection.getresponse().status == http.client.OK else 1
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
