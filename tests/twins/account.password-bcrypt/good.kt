package shop.people

import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder
import java.security.MessageDigest

class Registrar(private val people: PeopleTable) {
    private val encoder = BCryptPasswordEncoder(12)

    fun enroll(mail: String, password: String) {
        people.insert(mail, encoder.encode(password))
    }

    fun etag(page: ByteArray): ByteArray = MessageDigest.getInstance("SHA-256").digest(page)
}
