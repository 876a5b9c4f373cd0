import Vapor

func preview(req: Request) async throws -> ClientResponse {
    let page = try req.query.get(String.self, at: "page")
    return try await req.client.get(URI(string: page)) // BAD
}
