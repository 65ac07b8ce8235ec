# syntax=docker/dockerfile:1
# One image for ingest, worker and emulator; the command decides which. Health checks are docker-compose.yml's.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/callscribe
WORKDIR /build
# The dependencies first: this layer stays as long as the lock file does.
COPY requirements.lock ./
RUN /opt/callscribe/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY callscribe callscribe
COPY workflows workflows
COPY activities activities
COPY ingest ingest
COPY worker worker
COPY emulator emulator
COPY cli cli
RUN /opt/callscribe/bin/pip install --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/callscribe --create-home --shell /usr/sbin/nologin callscribe
COPY --from=build /opt/callscribe /opt/callscribe
ENV PATH=/opt/callscribe/bin:$PATH PYTHONUNBUFFERED=1 CALLSCRIBE_HOME=/var/lib/callscribe
USER callscribe
WORKDIR /var/lib/callscribe
CMD ["callscribe", "--help"]
