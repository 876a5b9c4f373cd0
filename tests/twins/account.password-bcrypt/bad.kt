package shop.people

import java.security.MessageDigest

class Registrar(private val people: PeopleTable) {
    fun enroll(mail: String, password: String) {
        val digest = MessageDigest.getInstance("SHA-256")
        val sum = digest.digest(password.toByteArray()) // BAD
        people.insert(mail, sum.joinToString("") { "%02x".format(it) })
    }
}
