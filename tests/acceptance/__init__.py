"""What is asked of a whole cluster and a real Kibana, given by their addresses: `make acceptance`."""
