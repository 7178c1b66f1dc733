# Gatehouse's one image: web, worker and beat differ only in the command (see compose.yaml).
# BASE may be any Debian image with Python 3.11 and its venv module, such as a mirror's or one of your own.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
COPY requirements/run.txt requirements/
# Only wheels, so that neither stage needs a compiler.
RUN python3 -m venv /venv \
    && pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes -r requirements/run.txt
COPY . .
# The key signs nothing: collecting files only needs the settings to load. They may also make a broker's folders,
# which are not for the image. A checkout that only its owner may read becomes readable for the image's user.
RUN SECRET_KEY=build python manage.py collectstatic --noinput \
    && find var -mindepth 1 -maxdepth 1 ! -name static -exec rm -r {} + \
    && chmod -R a+rX .

FROM ${BASE}
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /app --shell /usr/sbin/nologin gatehouse
COPY --from=build /venv /venv
COPY --from=build /app /app
# Everything is root's and read only but var/, where the embedded database lives if no DATABASE_URL is given.
RUN chown gatehouse:gatehouse var
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", \
     "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "dashboard.wsgi:application", "--bind", "0.0.0.0:8000", \
     "--worker-class", "gthread", "--workers", "2", "--threads", "8", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
