import Vapor

func configure(_ app: Application) throws {
    let settings = CORSMiddleware.Configuration( // BAD
        allowedOrigin: .originBased,
        allowedMethods: [.GET, .POST],
        allowedHeaders: [.accept, .authorization],
        allowCredentials: true
    )
    app.middleware.use(CORSMiddleware(configuration: settings), at: .beginning)
}
