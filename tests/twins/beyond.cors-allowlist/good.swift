import Vapor

func configure(_ app: Application) throws {
    let settings = CORSMiddleware.Configuration(
        allowedOrigin: .custom("https://shop.example.com"),
        allowedMethods: [.GET, .POST],
        allowedHeaders: [.accept, .authorization],
        allowCredentials: true
    )
    app.middleware.use(CORSMiddleware(configuration: settings), at: .beginning)
}
