import Vapor

func weather(req: Request) async throws -> ClientResponse {
    let city = try req.query.get(String.self, at: "city")
    return try await req.client.get("https://weather.example.com/v1") { asked in
        try asked.query.encode(["city": city])
    }
}
