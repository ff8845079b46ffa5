"""What can go wrong between Vigie and Kibana, one sentence each."""


class KibanaError(Exception):
    """Kibana could not be used; the message says what to do."""


class ObjectsInvalidError(KibanaError):
    """A file of objects is not as it must be; nothing was sent."""


class ObjectsRefusedError(KibanaError):
    """Kibana stored only some of the objects, or stored them elsewhere."""
