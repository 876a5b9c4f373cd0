package shop.auth

import javax.crypto.Cipher
import javax.crypto.spec.SecretKeySpec

object TokenBox {
    private const val MODE = "AES/ECB/PKCS5Padding"

    fun sealToken(token: String, key: ByteArray): ByteArray {
        val box = Cipher.getInstance(MODE) // BAD
        box.init(Cipher.ENCRYPT_MODE, SecretKeySpec(key, "AES"))
        return box.doFinal(token.toByteArray())
    }
}
