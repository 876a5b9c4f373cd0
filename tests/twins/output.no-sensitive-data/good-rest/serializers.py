from django.contrib.auth.models import User
from rest_framework import serializers

from .models import Article


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username", "email"]


class SignUpSerializer(serializers.ModelSerializer):
    password = serializers.CharField(max_length=128, min_length=12, write_only=True)

    class Meta:
        model = User
        fields = ["username", "email", "password"]


class ArticleSerializer(serializers.ModelSerializer):
    class Meta:
        model = Article
        fields = "__all__"
