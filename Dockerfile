FROM python:3.13-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
RUN python -m compileall -q analytics dashboard data
RUN python -m dashboard.settings
ENV PORT=8050 STORESIGHT_STORE=/tmp/store STORESIGHT_CACHE_DIR=/tmp/cache
RUN useradd --system storesight
USER storesight
EXPOSE 8050
CMD ["sh", "-c", "exec gunicorn --bind 0.0.0.0:$PORT dashboard.wsgi:server"]
