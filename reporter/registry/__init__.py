"""A local platform on the loopback that speaks the vendor's API, for the SDK that reports and for the reader.

Run an agent's tests against it, look at the report, and only then register in production. It needs the extra
``registry`` (FastAPI and uvicorn), which is looked for in ``door.py`` alone.
"""
