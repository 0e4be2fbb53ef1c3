STRIPE_API_KEY = "q8Zr2LmX0vBn5TyK7wPd3"  # fires


def handler(event, context):
    return STRIPE_API_KEY[:2]
