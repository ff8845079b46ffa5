"""A local news site of our own writing: five publishers and one bad neighbourhood, each on its own loopback address.

The demo and the tests crawl it. Every name, event and organisation in its pages is invented.
"""
