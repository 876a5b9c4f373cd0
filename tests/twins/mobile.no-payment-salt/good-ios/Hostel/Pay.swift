// Paytm: the server computes the checksum.
enum Pay {
    static let merchantId = "M20031"
    static func checksum(_ order: Order) async throws -> String { try await api.checksum(order.id) }
}
