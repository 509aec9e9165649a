# The simulated community of the demo and the outage test. Sourced, not run.

# community_site FOLDER BROKER_HOST:PORT TCP_PORT RTU_TCP_PORT EVERY: a site document of 24 meters on
# two serial lines, Modbus TCP, and RTU over TCP.
community_site() {
    local folder=$1 broker=$2 tcp=$3 transparent=$4 every=$5 number room
    cat <<EOF
# A community of 24 meters, made by deploy/lib/community.sh.
version: 1
site:
  id: demo-community
  name: 示范小区
  timeZone: Asia/Shanghai
buses:
  riser-1: {serial: $folder/riser-1, baudRate: 9600, parity: even}
  riser-2: {serial: $folder/riser-2, baudRate: 19200, parity: none}
  plant-room: {tcp: "127.0.0.1:$tcp"}
  tunnel: {rtuOverTCP: "127.0.0.1:$transparent"}
devices:
EOF
    for number in 1 2 3 4 5 6 7 8; do
        room=$((100 + number))
        echo "  b1-u$room-elec: {profile: eastron-sdm120, bus: riser-1, unit: $number, every: $every, place: {building: 1, room: \"$room\"}}"
    done
    for number in 1 2 3 4 5 6; do
        room=$((200 + number))
        echo "  b2-u$room-elec: {profile: chint-ddsu666, bus: riser-2, unit: $number, every: $every, place: {building: 2, room: \"$room\"}}"
    done
    cat <<EOF
  substation: {profile: eastron-sdm630, bus: plant-room, unit: 1, every: $every, read: [energy.active.import.total, power.active.total, voltage.l1, voltage.l2, voltage.l3, frequency]}
  feeder-1: {profile: abb-b23, bus: plant-room, unit: 2, every: $every}
  feeder-2: {profile: schneider-iem3155, bus: plant-room, unit: 3, every: $every}
  heat-1: {profile: diehl-sharky-775, bus: plant-room, unit: 4, every: $every}
  heat-2: {profile: sontex-supercal-531, bus: plant-room, unit: 5, every: $every}
  gas-1: {profile: flonidan-uniflo1200, bus: plant-room, unit: 6, every: $every}
  water-1: {profile: bove-ultrasonic-water, bus: tunnel, unit: 1, every: $every}
  water-2: {profile: bove-ultrasonic-water, bus: tunnel, unit: 2, every: $every}
  gas-room: {profile: honeywell-raeguard3, bus: tunnel, unit: 3, every: $every}
  stairs: {profile: nhzd210-lux, bus: tunnel, unit: 4, every: $every}
destinations:
  city:
    mqtt: {url: "mqtts://$broker", certificate: gateway.pem, key: gateway.key, authority: ca.pem}
    format: linli
    share: everything
cache: {size: 64MiB, age: 7d, sealEvery: 5s}
EOF
}
