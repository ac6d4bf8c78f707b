"""Status events: what vendors must know before the next purchase, signed and sent to those whom it concerns."""
