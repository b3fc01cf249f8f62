"""The containers: one image for every service, and what `docker-compose.yml` needs beside it."""
