"""How many requests one address may send; doors add tighter limits of their own."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, default_limits=["600 per minute"], headers_enabled=False)
