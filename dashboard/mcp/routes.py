"""POST /mcp: one message, one answer; no session and no stream, so any worker may answer any message."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

from dashboard.answers.service import Service
from dashboard.answers.viewers import current_viewer
from dashboard.mcp.protocol import answered
from dashboard.web.hosts import check_origin, trusted_base
from dashboard.web.slots import Slots


def install(server: Flask, service: Service, slots: Slots) -> None:
    """Add POST /mcp; each message takes one of the slots."""

    @server.post("/mcp")
    def mcp() -> Response:
        if "Origin" in request.headers:  # a browser: then only a page of this application
            check_origin()
        with slots.take():
            found = answered(service.for_viewer(current_viewer()), request.get_data(cache=False), trusted_base())
        if found is None:
            return Response(status=202)
        return jsonify(found)

    @server.get("/mcp", endpoint="mcp_stream")
    def none() -> Response:
        return Response("There is no stream here: post messages.\n", 405, {"Allow": "POST"}, mimetype="text/plain")
