import Vapor

func enter(req: Request) throws -> HTTPStatus {
    let form = try req.content.decode(Entry.self)
    req.logger.info("login of \(form.mail) with \(form.password)") // BAD
    return .noContent
}
