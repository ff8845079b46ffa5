#!/bin/sh
# Kibana's password, and an API key each for Vigie's index and its objects in Kibana, with the least rights. Made once:
# a key that is there is left alone.
set -eu
es=https://elasticsearch:9200

ask() {
    curl --silent --show-error --fail --cacert /certs/ca/ca.crt --user "elastic:$ELASTIC_PASSWORD" \
        --header 'Content-Type: application/json' "$@"
}

make_key() { # NAME ROLE: the key of that name, in /keys/NAME
    [ -s "/keys/$1" ] && return
    made=$(ask --request POST "$es/_security/api_key?filter_path=encoded" \
        --data "{\"name\": \"$1\", \"role_descriptors\": {\"$1\": $2}}")
    printf '%s' "$made" | sed -n 's/.*"encoded" *: *"\([^"]*\)".*/\1/p' > "/keys/$1.new"
    [ -s "/keys/$1.new" ]
    mv "/keys/$1.new" "/keys/$1"
}

umask 077
ask --request POST "$es/_security/user/kibana_system/_password" --data "{\"password\": \"$KIBANA_PASSWORD\"}" > /dev/null
make_key elasticsearch '{"cluster": ["manage_index_templates"],
    "indices": [{"names": ["vigie", "vigie-*"], "privileges": ["manage", "read", "write"]}]}'
make_key kibana '{"applications": [
    {"application": "kibana-.kibana", "privileges": ["space_all"], "resources": ["space:default"]}]}'
cp /certs/ca/ca.crt /keys/ca.crt
# Vigie's user in its image
chown -R 10001:10001 /keys
chmod 500 /keys
chmod 400 /keys/*
