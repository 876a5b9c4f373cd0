import Vapor

func askReset(req: Request) throws -> HTTPStatus {
    srand48(Int(Date().timeIntervalSince1970))
    let resetToken = String(Int(drand48() * 1_000_000)) // BAD
    Mailer.send(resetToken)
    return .ok
}
