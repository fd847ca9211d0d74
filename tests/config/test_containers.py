"""The containers' files: nothing secret in them, nothing runs as root, everything that runs says how it is."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

import pytest
import yaml

from .test_start import free_port

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
#: They do one thing at a start, and end.
ONCE = {"migrate", "certificates"}
APPLICATION = {"migrate", "web", "worker", "scheduler"}


def test_the_parts_are_there() -> None:
    assert set(SERVICES) == APPLICATION | {"proxy", "certificates", "postgres", "redis", "mail"}
    assert SERVICES["mail"]["profiles"] == ["dev"]
    assert [name for name, service in SERVICES.items() if "profiles" in service] == ["mail"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONCE))
def test_whatever_stays_running_has_a_health_check_and_is_started_again(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_is_without_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    granted = {"proxy": {"NET_BIND_SERVICE"}, "certificates": {"CHOWN", "DAC_READ_SEARCH"}}
    assert set(service.get("cap_add", [])) == granted.get(name, set())
    # The image of the application names its user (below); root is the one that hands the volumes over, with no network.
    user = str(service.get("user", "nobody" if service.get("build") else "0"))
    assert user.startswith("0") == (name == "certificates")
    if name == "certificates":
        assert service["network_mode"] == "none"
    if name not in {"postgres", "redis"}:
        assert service["read_only"] is True


def test_no_secret_is_written_down() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"KEY|PASSWORD|TOKEN|EMAIL_URL|SEAL", name):
                # Asked for, or empty where nothing is said.
                assert re.fullmatch(r"\$\{[A-Z0-9_]+:(\?.*|-)\}", value), name


def test_the_proxy_alone_is_reached_from_elsewhere() -> None:
    for name, service in SERVICES.items():
        for port in service.get("ports", []):
            assert name == "proxy" or port.startswith("127.0.0.1:"), (name, port)
    assert {port.rpartition(":")[2] for port in SERVICES["proxy"]["ports"]} == {"8080", "8443", "8443/udp"}


def test_there_may_be_several_webs() -> None:
    web = SERVICES["web"]
    assert "ports" not in web, "two webs cannot have one port of the machine"
    assert "container_name" not in web
    assert web["scale"] == "${WEB_REPLICAS:-2}"
    assert "name {$WEB_HOST:web}" in (ROOT / "Caddyfile").read_text()


def test_the_proxy_gathers_what_a_slow_line_uploads(settings: Any) -> None:
    gathered = re.search(r"request_buffers (\d+)MB", (ROOT / "Caddyfile").read_text())
    assert gathered
    assert int(gathered[1]) * 1_000_000 > settings.DOCUMENT_MAX_BYTES


def test_what_is_kept_is_in_volumes() -> None:
    kept = {"postgres": "/var/lib/postgresql/data", "redis": "/data", "proxy": "/data"}
    for name, folder in kept.items():
        mounted = dict(volume.split(":")[:2][::-1] for volume in SERVICES[name]["volumes"])
        assert mounted[folder] in COMPOSE["volumes"], name
    assert all("data:/data" in SERVICES[name]["volumes"] for name in APPLICATION)


def test_nobody_begins_before_the_tables_are_there() -> None:
    for name in APPLICATION - ONCE:
        assert SERVICES[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert SERVICES["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}


def test_the_image_runs_as_no_one_in_particular() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert lines.index("USER common-ground") < next(n for n, line in enumerate(lines) if line.startswith("CMD"))


def test_the_image_is_set_up_by_the_script_that_sets_up_a_machine() -> None:
    assert "bin/setup" in (ROOT / "Dockerfile").read_text()
    assert "bin/setup" in (ROOT / "bin" / "start").read_text()


def test_the_variables_are_ones_that_are_read() -> None:
    settings = "".join((ROOT / "config" / name).read_text() for name in ("settings.py", "gunicorn.py"))
    for name in SERVICES["web"]["environment"]:
        # Amazon's own names, which boto3 reads.
        assert name.startswith("AWS_") or f'"{name}"' in settings, name
    asked = set(re.findall(r"\{\$([A-Z_]+)", (ROOT / "Caddyfile").read_text()))
    assert set(SERVICES["proxy"]["environment"]) <= asked


#: Fixed by the image, or not needed where `SITE_URL` says where forms come from.
OF_THE_IMAGE = {"CG_VAR", "CG_STATIC", "CSRF_TRUSTED_ORIGINS"}


def test_what_the_guide_lets_one_choose_can_be_chosen_for_the_containers() -> None:
    guide = (ROOT / "docs" / "operating.md").read_text()
    table = guide.split("## What the environment says")[1].split("##")[0]
    named = {name for line in table.splitlines() for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", line.split(" | ")[0])}
    assert len(named) > 20
    assert named - OF_THE_IMAGE <= set(SERVICES["web"]["environment"])


def test_left_alone_each_choice_is_what_the_guide_says() -> None:
    table = (ROOT / "docs" / "operating.md").read_text().split("## What the environment says")[1].split("##")[0]
    for name, value in SERVICES["web"]["environment"].items():
        chosen = re.fullmatch(r"\$\{" + name + r":-(\w+)\}", value)
        if chosen and name not in {"WEB_CONCURRENCY", "STAFF_SECOND_STEP"}:
            line = next(line for line in table.splitlines() if f"`{name}`" in line.split(" | ")[0])
            assert chosen[1] in line, line


# The proxy itself, where it is installed ------------------------------------------------------------------------------
def caddy_of_2_7() -> str:
    """Where one is that knows all that our file says (Debian 12 packages 2.6)."""
    path = os.environ.get("CADDY") or shutil.which("caddy") or ""
    said = subprocess.run([path, "version"], capture_output=True, text=True, check=False).stdout if path else ""
    found = re.match(r"v?(\d+)\.(\d+)", said)
    return path if found and (int(found[1]), int(found[2])) >= (2, 7) else ""


CADDY = caddy_of_2_7()
SHOW = """
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
import sys
class Show(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
HTTPServer(("127.0.0.1", int(sys.argv[1])), Show).serve_forever()
"""


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[int]:
    """The port of a proxy, with our file, before a web that tells what it was sent."""
    ports = {name: str(free_port()) for name in ("HTTP_PORT", "HTTPS_PORT", "HEALTH_PORT", "WEB_PORT")}
    environment = {
        **os.environ, **ports,
        "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path),
        "WEB_HOST": "localhost", "SITE_URL": "https://localhost", "PROXY_OPTIONS": "skip_install_trust",
    }  # fmt: skip
    web = subprocess.Popen([sys.executable, "-c", SHOW, ports["WEB_PORT"]], stderr=subprocess.DEVNULL)
    caddy = subprocess.Popen(
        [CADDY, "run", "--config", str(ROOT / "Caddyfile"), "--adapter", "caddyfile"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    yield int(ports["HTTPS_PORT"])
    for process in (caddy, web):
        process.terminate()
        process.wait(20)


@pytest.mark.slow
@pytest.mark.embedded
@pytest.mark.skipif(not CADDY, reason="caddy 2.7 or newer is not installed (CADDY names one)")
def test_the_proxy_says_who_asked_and_over_what(proxied: int) -> None:
    import json

    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    until = time.monotonic() + 60
    while True:
        try:
            connection = HTTPSConnection("localhost", proxied, timeout=10, context=trusting)
            connection.request("GET", "/", headers={"X-Forwarded-For": "10.9.9.9", "X-Forwarded-Proto": "http"})
            answer = connection.getresponse()
            break
        except OSError:
            assert time.monotonic() < until, "the proxy does not answer"
            time.sleep(0.3)
    sent = json.loads(answer.read())
    assert answer.status == 200
    assert sent["X-Forwarded-Proto"] == "https"
    assert sent["X-Forwarded-For"] in {"127.0.0.1", "::1"}, "what the reader's machine said of itself went through"
    assert sent["Host"].split(":")[0] == "localhost"
