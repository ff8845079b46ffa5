# Vigie as an image: locked dependencies, no build tools, a user without rights. Configuration is mounted at /config,
# the archive at /data; nothing else is written but /tmp, so the root file system may be read-only.

FROM python:3.11.14-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
RUN python -m venv --without-pip /venv
COPY pyproject.toml requirements.lock ./
COPY scripts/ scripts/
RUN pip install --require-hashes --only-binary :all: -r scripts/build.lock \
    && python scripts/runtime_lock.py pyproject.toml requirements.lock > runtime.lock \
    && pip --python /venv install --require-hashes --no-deps --only-binary :all: -r runtime.lock
COPY README.md LICENSE ./
COPY config/ config/
COPY archive/ archive/
COPY crawler/ crawler/
COPY indexer/ indexer/
COPY vigie/ vigie/
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheel . \
    && pip --python /venv install --no-deps --no-index /wheel/*.whl \
    && python -m compileall -q /venv

FROM python:3.11.14-slim-bookworm
RUN pip uninstall --yes --quiet pip setuptools wheel \
    && groupadd --gid 10001 vigie \
    && useradd --uid 10001 --gid vigie --no-create-home --home-dir /data --shell /usr/sbin/nologin vigie \
    && install --directory --owner vigie --group vigie --mode 0750 /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 VIGIE_CONFIG=/config VIGIE_DATA_FOLDER=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s CMD ["vigie", "status", "--json"]
ENTRYPOINT ["vigie"]
CMD ["run"]
