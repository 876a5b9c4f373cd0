from rest_framework.views import APIView


class Orders(APIView):
    def get(self, request):
        return None
