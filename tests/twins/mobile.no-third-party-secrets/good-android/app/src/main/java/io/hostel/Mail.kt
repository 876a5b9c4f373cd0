package io.hostel

object Mail {
    private const val TOKEN_HEADER = "X-Auth-Token-2"
    suspend fun send(session: Session, text: String) = session.post("/mail", token = session.token, text = text)
}
