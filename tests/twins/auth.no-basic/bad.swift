import Vapor

struct StaffAuthenticator: BasicAuthenticator { // BAD
    func authenticate(basic: BasicAuthorization, for request: Request) -> EventLoopFuture<Void> {
        request.eventLoop.makeSucceededFuture(())
    }
}
