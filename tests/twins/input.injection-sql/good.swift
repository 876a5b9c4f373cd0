import FluentSQL
import Vapor

func orders(req: Request) async throws -> [Order] {
    let name = try req.query.get(String.self, at: "name")
    let sql = req.db as! SQLDatabase
    return try await sql.raw("SELECT * FROM orders WHERE name = \(bind: name)").all(decoding: Order.self)
}
