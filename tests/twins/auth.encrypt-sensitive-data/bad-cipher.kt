import java.security.Key
import javax.crypto.Cipher
import javax.crypto.spec.IvParameterSpec

class Sealing {
    fun first(key: Key, text: ByteArray): ByteArray {
        val cipher = Cipher.getInstance("AES/ECB/PKCS5Padding") // BAD
        cipher.init(Cipher.ENCRYPT_MODE, key)
        return cipher.doFinal(text)
    }

    fun second(key: Key, text: ByteArray): ByteArray {
        val cipher = Cipher.getInstance("AES/CBC/PKCS5Padding")
        cipher.init(Cipher.ENCRYPT_MODE, key, IvParameterSpec(ByteArray(16))) // BAD
        return cipher.doFinal(text)
    }
}
