import Documents
package import Metering

/// Which community this is, and where.
package struct SiteIdentity: Hashable, Sendable {
    /// Stands in topics and idempotency keys, for example `jn-lixia-0042`. 1 to 64 characters:
    /// lower-case letters, digits, `-`, `_` and `.`.
    package let id: String
    /// For people. Any script.
    package let name: String
    /// A name of the system's time zone database, for example `Asia/Shanghai`.
    package let timeZone: String
    package let location: GeographicLocation?

    package init(id: String, name: String, timeZone: String, location: GeographicLocation? = nil) {
        self.id = id
        self.name = name
        self.timeZone = timeZone
        self.location = location
    }
}

/// A place on the earth in degrees, WGS 84.
package struct GeographicLocation: Hashable, Sendable {
    /// North is positive; -90 to 90.
    package let latitude: ScaledInteger
    /// East is positive; -180 to 180.
    package let longitude: ScaledInteger

    package init(latitude: ScaledInteger, longitude: ScaledInteger) {
        self.latitude = latitude
        self.longitude = longitude
    }
}

extension SiteIdentity {
    init?(_ node: DocumentNode) {
        guard let fields = node.fields(["id", "name", "timeZone", "location"]) else { return nil }
        let id = fields.required("id")?.fieldName()
        let name = fields.required("name")?.label()
        let timeZone = fields.required("timeZone")?.timeZone()
        let locationNode = fields.optional("location")
        let location = locationNode.flatMap(GeographicLocation.init)
        guard let id, let name, let timeZone, (locationNode == nil) == (location == nil) else {
            return nil
        }
        self.init(id: id, name: name, timeZone: timeZone, location: location)
    }
}

extension GeographicLocation {
    init?(_ node: DocumentNode) {
        guard let fields = node.fields(["latitude", "longitude"]) else { return nil }
        let latitude = fields.required("latitude")?
            .decimal(in: ScaledInteger(-90)...ScaledInteger(90))
        let longitude = fields.required("longitude")?
            .decimal(in: ScaledInteger(-180)...ScaledInteger(180))
        guard let latitude, let longitude else { return nil }
        self.init(latitude: latitude, longitude: longitude)
    }
}
