import Vapor

func routes(_ app: Application) throws {
    app.get("away") { req -> Response in
        let page = try req.query.get(String.self, at: "page")
        return req.redirect(to: "/pages/\(page)")
    }
    app.get("start") { req in
        req.redirect(to: "/home")
    }
}
