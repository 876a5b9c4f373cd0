import Vapor

func routes(_ app: Application) throws {
    app.get("away") { req -> Response in
        let target = try req.query.get(String.self, at: "url")
        return req.redirect(to: target) // BAD
    }
}
