#!/bin/sh
# What the servers find at their start: one authority and a certificate each for Elasticsearch and Kibana, made once and
# kept in the volume of /certs, and a place for snapshots that Elasticsearch may write.
set -eu
umask 027
cd /certs
if [ ! -f ca/ca.crt ]; then
    elasticsearch-certutil ca --silent --pem --out /tmp/ca.zip
    unzip -q /tmp/ca.zip
fi
for name in elasticsearch kibana; do
    [ -f "$name/$name.crt" ] && continue
    elasticsearch-certutil cert --silent --pem --out "/tmp/$name.zip" --name "$name" \
        --dns "$name,localhost" --ip 127.0.0.1 --ca-cert ca/ca.crt --ca-key ca/ca.key
    unzip -q "/tmp/$name.zip"
done
# the servers run in group 0; the authority's own key is for nobody but root
chown -R root:root .
chmod 600 ca/ca.key
chmod 640 elasticsearch/* kibana/* ca/ca.crt
chmod 750 . ca elasticsearch kibana
chown 1000:0 /snapshots
