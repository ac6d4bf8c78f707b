"""The W3C VC-API: ``/credentials/…`` and ``/presentations/…``, as its own clients and the W3C's test suites speak it.

What verifies is a 200. Whatever does not is a 400 problem document with ``verified: false`` and every check: never a
200 that says no, never a 500.
"""
