# Certificates and a local broker, for the demo and the outage test. Sourced, not run.

# make_certificates FOLDER [ADDRESS]: an authority of its own, and certificates for broker, gateway
# and platform that it has signed. They last ten days. The broker's is good for loopback, and for
# an IPv4 address where one is given.
make_certificates() {
    local folder=$1 address=${2:-127.0.0.1} name
    (
        cd "$folder"
        openssl ecparam -name prime256v1 -genkey -noout -out ca.key
        openssl req -x509 -new -key ca.key -days 10 -subj "/CN=Linli demo authority" -out ca.pem
        for name in broker gateway platform; do
            openssl ecparam -name prime256v1 -genkey -noout -out "$name.key"
            openssl req -new -key "$name.key" -subj "/CN=$name" -out "$name.csr"
            printf 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1,IP:%s\n' "$address" >"$name.ext"
            openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 10 \
                -extfile "$name.ext" -out "$name.pem"
            rm "$name.csr" "$name.ext"
        done
        chmod 600 ./*.key
    ) 2>/dev/null
}

# broker_configuration FOLDER PORT [ADDRESS]: what mosquitto is started with. Mutual TLS, on
# loopback unless an address is given; what it has accepted is on its disk.
broker_configuration() {
    local folder=$1 port=$2 address=${3:-127.0.0.1}
    mkdir -p "$folder/broker"
    # Started as root, mosquitto would change to a user of its own that cannot read the folder.
    cat <<EOF
listener $port $address
cafile $folder/ca.pem
certfile $folder/broker.pem
keyfile $folder/broker.key
require_certificate true
use_identity_as_username true
allow_anonymous false
persistence true
persistence_location $folder/broker/
autosave_on_changes true
autosave_interval 1
max_queued_messages 0
user $(id -un)
log_dest file $folder/broker.log
EOF
}

# free_port: a TCP port on loopback that nobody listens on.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for_port PORT SECONDS [ADDRESS]
wait_for_port() {
    local port=$1 rounds=$(($2 * 10)) address=${3:-127.0.0.1}
    while ! (exec 3<>"/dev/tcp/$address/$port") 2>/dev/null; do
        rounds=$((rounds - 1))
        [ "$rounds" -gt 0 ] || return 1
        sleep 0.1
    done
}
