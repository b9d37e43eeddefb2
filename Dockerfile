FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1
WORKDIR /app
COPY requirements-company.lock .
RUN pip install --no-cache-dir -r requirements-company.lock
COPY . .
RUN python -m data.generate
RUN python -m data.outlines
RUN python -m data.scripts
RUN python -m compileall -q analytics dashboard data
ENV PORT=8050 STORESIGHT_STORE=/tmp/storesight/store STORESIGHT_CACHE_DIR=/tmp/storesight/cache
USER nobody
EXPOSE 8050
CMD ["sh", "-c", "exec gunicorn --bind 0.0.0.0:$PORT dashboard.wsgi:server"]
