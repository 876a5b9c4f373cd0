package shop.auth

import io.jsonwebtoken.Jwts
import java.security.Key

fun issue(member: Member, key: Key): String =
    Jwts.builder().setSubject(member.id).claim("role", member.role).signWith(key).compact()
