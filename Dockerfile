# One image for web, worker and scheduler; docker-compose.yml says which it is.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PATH=/app/.venv/bin:$PATH \
    CG_VAR=/data \
    CG_STATIC=/app/static-collected

WORKDIR /app
RUN useradd --system --uid 10001 --home-dir /data --create-home common-ground

# Packages and system libraries first: they change less often than the code.
COPY requirements.lock ./
COPY bin/setup bin/ground.py bin/
RUN bin/setup --packages && rm -rf /var/lib/apt/lists/* /root/.cache

COPY . .
RUN bin/setup && python -m compileall -q config partnerships lifecycle evaluation \
    && chown -R common-ground /data

USER common-ground
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--config", "python:config.gunicorn", "--bind", "0.0.0.0:8000"]
